import type { Environment } from 'monaco-editor'
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker'
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker'
import GraphqlWorker from 'monaco-graphql/esm/graphql.worker.js?worker'

/** Monaco asks for its workers by label; all three are files of this build, so nothing is fetched from elsewhere. */
const environment: Environment = {
  getWorker(_id, label) {
    if (label === 'graphql') return new GraphqlWorker()
    return label === 'json' ? new JsonWorker() : new EditorWorker()
  },
}

Object.assign(globalThis, { MonacoEnvironment: environment })
