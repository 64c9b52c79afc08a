/** Over everything that one action does outside; a step may ask for less. */
export const actionMsMax = 120_000
/** Of an answer's body, and of an action's result as JSON. */
export const actionBytesMax = 1_000_000
export const actionDepthMax = 100
/** Of one answer of a model: those that think take minutes. */
export const modelMsMax = 600_000
export const connectionTestMs = 10_000
