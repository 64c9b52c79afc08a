import type { JsonBounds } from '../json/storable-json.ts'

export const nameLengthMax = 100
export const descriptionLengthMax = 2_000
export const definitionBounds: JsonBounds = { bytesMax: 256 * 1024, depthMax: 64 }
export const stepsMax = 100
/** Steps in a branch in a branch …: the outermost are at depth 1. */
export const stepDepthMax = 5
export const stepTimeoutMsMax = 10 * 60_000
/** Of a wait, and of what may hold one. */
export const waitMsMax = 366 * 86_400_000
export const attemptsMax = 20
export const iterationsMax = 1_000
export const mapItemsMax = 1_000
export const mapConcurrencyMax = 20
export const parallelBranchesMax = 20
export const toolsMax = 50
export const turnsMax = 100
export const turnsDefault = 20
/** Of one run. */
export const stepsCompletedMax = 5_000
export const tokensMax = 100_000_000
/** In US dollars. */
export const costMax = 100_000
/** Together. The time to read one grows with the square of its length, so each is bounded too. */
export const expressionCharactersMax = 65_536
/** JSON Schemas in one definition. */
export const authorSchemasMax = 200
export const faultsShownMax = 500
export const usersShownMax = 100
