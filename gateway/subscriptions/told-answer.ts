import type { Answer } from '../execution/operation.ts'
import type { LiveResult } from './subscription.ts'

/** The answer to an event, with the event's place for who comes again: as `extensions.lastEventId`. */
export const tellsItsPlace = ({ answer, id }: Extract<LiveResult, { kind: 'answer' }>): Answer =>
  id === null ? answer : { ...answer, extensions: { ...answer.extensions, lastEventId: id } }
