import type { EdgeAnswer } from './edge.ts'
import type { Asking, VisitedHouse } from './house.ts'

const nothing: EdgeAnswer = { status: 200, headers: new Headers(), text: '', body: {} }

/**
 * Follows a subscription as a client does, over a stream of events, and leaves.
 *
 * @param isEnough told of each event, the last one included
 * @returns the answers told until then, one for each event; a refusal is one too
 */
export async function toldEvents(
  { house }: VisitedHouse,
  query: string,
  { variables, token, headers = {} }: Asking,
  isEnough: (answer: EdgeAnswer) => boolean = () => true,
): Promise<readonly EdgeAnswer[]> {
  const gone = new AbortController()
  const response = await fetch(house.dev.graphqlUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.any([gone.signal, AbortSignal.timeout(20_000)]),
  })
  const answerOf = (text: string): EdgeAnswer => ({
    ...{ status: response.status, headers: response.headers },
    ...{ text, body: JSON.parse(text) },
  })
  if (!response.headers.get('content-type')?.includes('event-stream')) return [answerOf(await response.text())]
  const answers: EdgeAnswer[] = []
  let rest = ''
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const blocks = `${rest}${chunk}`.split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks.filter((each) => /^event: ?next$/m.test(each))) {
      const answer = answerOf(/^data: ?(.*)$/m.exec(block)?.[1] ?? 'null')
      answers.push(answer)
      if (!isEnough(answer)) continue
      gone.abort()
      return answers
    }
  }
  return answers
}

/** The first event of a subscription, or its refusal, as an answer to a query would be. */
export const firstEvent = async (house: VisitedHouse, query: string, asking: Asking): Promise<EdgeAnswer> =>
  (await toldEvents(house, query, asking))[0] ?? nothing
