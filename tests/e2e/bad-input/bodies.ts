const json = (value: unknown) => JSON.stringify(value)
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const publish = 'mutation ($d: JSON!) { publishAgentVersion(input: { agentId: \\"x\\", definition: $d }) { id } }'

/** Bodies of requests that are wrong before anything of them is executed, and how they are refused. */
export const badBodies: readonly [what: string, body: string, status: number, code: string][] = [
  ['a body that is not JSON', '{"query": "{ me', 400, 'BAD_USER_INPUT'],
  ['no body', '', 400, 'BAD_USER_INPUT'],
  ['a body without a query', '{}', 400, 'BAD_USER_INPUT'],
  ['several operations at once', '[{"query":"{ __typename }"}]', 400, 'BAD_USER_INPUT'],
  ['a query that is a number', '{"query":1}', 400, 'BAD_USER_INPUT'],
  ['variables that are a list', '{"query":"{ __typename }","variables":[1]}', 400, 'BAD_USER_INPUT'],
  ['a poisoned prototype', '{"query":"{ __typename }","__proto__":{"x":1}}', 400, 'BAD_USER_INPUT'],
  ['a document that does not parse', json({ query: '{ me { ' }), 400, 'BAD_USER_INPUT'],
  ['an unknown operation name', json({ query: 'query A { __typename }', operationName: 'B' }), 400, 'BAD_USER_INPUT'],
  ['a subscription', json({ query: 'subscription { runEvents(runId: "x") { seq } }' }), 400, 'BAD_USER_INPUT'],
  ['a body of more than a megabyte', json({ query: `#${'x'.repeat(1_000_000)}` }), 413, 'BAD_USER_INPUT'],
  ...[201, 9_000, 400_000].map((levels): [string, string, number, string] => [
    `a variable of ${levels} levels`,
    `{"query":"${publish}","variables":{"d":${nested(levels)}}}`,
    400,
    'OPERATION_TOO_COMPLEX',
  ]),
]
