import { redacted, type StepRecord, storableJson } from '../../subgraphs/agents/jobs.ts'

const shownBounds = { bytesMax: 64 * 1024, depthMax: 64 }

/** Keeps what a step is going to send, without credentials, for whoever reads the run; what is too large is only named so. */
export function noteInput(record: StepRecord, input: unknown): void {
  const shown = storableJson(input ?? null, shownBounds)
  record.input = shown.ok ? redacted(input ?? null) : { notShown: shown.fault }
}
