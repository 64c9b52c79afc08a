import type { StepWork } from './attempt-step.ts'

/** What is left of a step's time, in ms, 1 at least. */
export const timeLeftMs = ({ run, frame }: StepWork): number => Math.max(1, Math.round(frame.deadlineMs - run.now()))
