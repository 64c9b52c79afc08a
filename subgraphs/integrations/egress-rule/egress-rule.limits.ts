/** For so long a process may go by what an organization had opened before. */
export const openHostsMs = 5_000
export const egressRulesMax = 100
export const noteLengthMax = 200
