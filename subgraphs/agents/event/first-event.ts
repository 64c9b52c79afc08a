/** Whether the event is one for the step, which waits: sent in the time of its run, unless it names a key, and not taken by it. */
export const isForStep = `event.organization_id = step.organization_id and event.name = step.event_name
  and event.key = step.event_key and event.expires_at > now()
  and (event.key <> '' or event.sent_at >= (select run.queued_at from agents.run
    where run.organization_id = step.organization_id and run.id = step.run_id))
  and not exists (select 1 from agents.step as other where other.organization_id = step.organization_id
    and other.run_id = step.run_id and other.resolution->>'eventId' = event.id::text)`

/** A step's answer, as `resolution`: the first of the events that are for it. No row when there is none. */
export const firstEvent = `select jsonb_build_object('status', 'SUCCEEDED', 'eventId', event.id, 'value', event.data) as resolution
  from agents.event where ${isForStep} order by event.id limit 1`
