import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface House {
  readonly graphqlUrl: string
  readonly email: string
  readonly password: string
}

interface Answer<T> {
  readonly data?: T | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

const deadlineMs = 15_000

/** @throws Error saying in one sentence what to do when no house is running */
export function findHouse(environment: NodeJS.ProcessEnv): House {
  const file = join(environment.FORGEOPS_HOME ?? '.forgeops', 'dev.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as House
  } catch {
    throw new Error(`Nothing is running here (no ${file}): start it with \`make up\` in another terminal.`)
  }
}

/** A signed-in client of the platform, as any frontend would be one. */
export class Client {
  readonly #url: string
  #token: string | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** @throws Error with the public words and the code of the first error */
  async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(deadlineMs),
    }).catch((error: Error) => {
      throw new Error(`${this.#url} does not answer (${error.message}): is \`make up\` still running?`)
    })
    const answer = (await response.json()) as Answer<T>
    const first = answer.errors?.[0]
    if (first !== undefined || answer.data == null)
      throw new Error(`${first?.message ?? 'No answer.'} (${first?.extensions?.code ?? response.status})`)
    return answer.data
  }

  async signIn(email: string, password: string): Promise<void> {
    const login =
      'mutation ($email: String!, $password: String!) { login(input: { email: $email, password: $password }) { ... on SessionTokens { accessToken } } }'
    this.#token = (await this.ask<{ login: { accessToken: string } }>(login, { email, password })).login.accessToken
  }
}
