import { ApolloServer, HeaderMap } from '@apollo/server'
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { RequestVerifier, type Signed } from '../caller/message-signature.ts'
import { databaseReadiness, openDatabase } from '../db/database.ts'
import type { Ctx } from '../graphql/context.ts'
import { errorBorder } from '../graphql/error-border.ts'
import { federate } from '../graphql/federate.ts'
import { formatError } from '../graphql/format-error.ts'
import { authenticationTag, oncePerOperation } from '../graphql/once-per-operation.ts'
import { recordRefusals } from '../graphql/record-refusals.ts'
import { Subscriptions } from '../graphql/subscriptions.ts'
import { taggedFields } from '../graphql/tagged-fields.ts'
import { traceErrors } from '../graphql/trace-errors.ts'
import { createApp, errorBody } from '../http/create-app.ts'
import { registerMetrics } from '../http/metrics-route.ts'
import { registerProbes } from '../http/probes.ts'
import type { ServiceManifest } from '../http/serve.ts'
import { RefusalRecorder } from '../refusals/refusal-recorder.ts'
import { writeRefusals } from '../refusals/write-refusals.ts'
import { openNonceStore } from '../replay/nonce-store.ts'
import { refuseReplays } from '../replay/refuse-replays.ts'
import { answerSubscription, lastSeqOf, refuseSubscriptions, wantsEvents } from './answer-subscription.ts'
import type { SubgraphConfig, SubgraphManifest } from './define.ts'

/** The service that a subgraph's manifest describes: its GraphQL behind the gateway's signature, probes and metrics. */
export function subgraphService<C extends SubgraphConfig, Parts>(
  manifest: SubgraphManifest<C, Parts>,
): ServiceManifest<C> {
  return {
    name: manifest.name,
    async open(config, runtime) {
      const db = await openDatabase(manifest.database, {
        url: config.databaseUrl,
        poolMax: 10,
        metrics: runtime.metrics,
      })
      runtime.onClose('database', () => db.orm.close())
      runtime.health.add(databaseReadiness(db))
      const parts = await manifest.open(config, runtime, db)
      const { schema } = await federate(manifest)
      const { log, metrics } = runtime
      const nonces = openNonceStore(db)
      const refusals = new RefusalRecorder({
        metricPrefix: 'subgraph',
        deliver: (batch) => writeRefusals(db, log, batch),
        log,
        metrics,
      }).start()
      runtime.onClose('refusals', () => refusals.close())

      const server = new ApolloServer<Ctx<Parts> & { readonly signed: Signed }>({
        schema,
        introspection: false,
        includeStacktraceInErrorResponses: false,
        csrfPrevention: false,
        persistedQueries: false,
        logger: runtime.log,
        plugins: [
          errorBorder(formatError),
          recordRefusals(schema, refusals),
          refuseSubscriptions,
          traceErrors,
          oncePerOperation({ coordinates: taggedFields(schema, authenticationTag), listener: refusals }),
          refuseReplays(nonces),
          ApolloServerPluginInlineTraceDisabled(),
          ApolloServerPluginLandingPageDisabled(),
        ],
        stopOnTerminationSignals: false,
      })
      await server.start()
      runtime.onClose('graphql', () => server.stop())
      const subscriptions = new Subscriptions(schema, refusals)

      const app = createApp({ log, metrics, tracer: runtime.tracer, bodyBytesMax: 4_000_000 })
      registerProbes(app, runtime.health)
      registerMetrics(app, runtime.metrics)
      manifest.routes?.(app, { config, db, parts, nonces, runtime })

      const verifier = new RequestVerifier(manifest.name, config.requestKey)
      app.register(async (guarded) => {
        guarded.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
          done(null, body),
        )
        guarded.post('/graphql', async (request, reply) => {
          const body = request.body as Buffer
          const verified = verifier.verify({ method: 'POST', path: '/graphql', body }, request.headers)
          if (!verified.ok) {
            runtime.log.warn(
              { requestId: request.id, reason: verified.reason, address: request.ip },
              'unsigned request refused',
            )
            return reply.code(401).send(errorBody('UNAUTHENTICATED', 'This address answers the gateway only.'))
          }
          const { caller, idempotencyKey } = verified
          Object.assign(request.logFields, { callerId: caller.userId, organizationId: caller.organizationId })
          const ctx: Ctx<Parts> = {
            caller,
            db,
            parts,
            requestId: request.id,
            traceparent: request.traceparent,
            span: request.span,
            log: runtime.log,
            loaders: new Map(),
            idempotencyKey,
          }
          const asked = JSON.parse(body.toString())
          if (wantsEvents(request.headers.accept))
            return answerSubscription(reply, subscriptions, asked, { ...ctx, ...lastSeqOf(asked) })
          const answer = await server.executeHTTPGraphQLRequest({
            httpGraphQLRequest: {
              method: 'POST',
              headers: new HeaderMap([['content-type', 'application/json']]),
              search: '',
              body: asked,
            },
            context: async () => ({ ...ctx, signed: verified }),
          })
          if (answer.body.kind !== 'complete') throw new Error('A subgraph answers in one piece.')
          return (
            reply
              .code(answer.status ?? 200)
              .header('content-type', 'application/json; charset=utf-8')
              // What of it the edge may keep, by the hints on what was asked for.
              .header('cache-control', answer.headers.get('cache-control') ?? 'no-store')
              .send(answer.body.string)
          )
        })
      })
      await runtime.listen(app, config.host, config.port)
    },
  }
}
