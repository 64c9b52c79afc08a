import { ownersLostMax } from '../../dead-letter/dead-letter.limits.ts'

/**
 * The two statements by which a run moves, as functions: each is one round trip and one commit. They run with the rights
 * of whoever calls them, under the policies of the organization that the caller has entered.
 */

/**
 * Takes a run that is due for `owner`. The new epoch shuts every earlier owner out. Null when there is nothing to take:
 * no such run, ended, in somebody's hands, or not due yet. A run that would be set aside if it lost this owner too is only
 * taken by who says `last_chance`; it stays due, out of the line of whatever held it.
 */
export const claimRunFunction = `
create or replace function agents.claim_run(
  organization uuid, run_id uuid, owner text, lease_ms int, event_id uuid, last_chance boolean
) returns jsonb language plpgsql as $$
declare
  before agents.run;
  taken agents.run;
  lost int;
  refusal jsonb;
begin
  select * into before from agents.run as r
    where r.organization_id = organization and r.id = claim_run.run_id
      and r.status in ('QUEUED', 'RUNNING', 'WAITING') and (r.due_at <= now() or r.held_by is not null)
    for update skip locked;
  if not found then return null; end if;
  lost := before.owners_lost + case when before.status = 'RUNNING' and before.lease_owner is not null then 1 else 0 end;
  if lost = ${ownersLostMax - 1} and not last_chance then
    update agents.run as r set held_by = null, due_at = now()
      where r.organization_id = organization and r.id = claim_run.run_id and r.held_by is not null;
    return jsonb_build_object('lastChance', true);
  end if;
  refusal := agents.admit_run(before);
  if refusal is not null then return refusal; end if;
  update agents.run as r set
    status = 'RUNNING', held_by = null, lease_owner = owner, lease_epoch = r.lease_epoch + 1, lease_commits = 0,
    due_at = now() + make_interval(secs => lease_ms / 1000.0),
    started_at = coalesce(r.started_at, now()), event_seq = r.event_seq + 1,
    owners_lost = lost
    where r.organization_id = organization and r.id = claim_run.run_id returning * into taken;
  insert into agents.run_event (organization_id, id, run_id, seq, type, data, at)
    values (organization, event_id, claim_run.run_id, taken.event_seq,
      case when taken.lease_epoch = 1 then 'run.started' else 'run.resumed' end,
      jsonb_build_object('owner', owner, 'epoch', taken.lease_epoch), now());
  return jsonb_build_object(
    'now', now(), 'agentId', taken.agent_id, 'versionId', taken.agent_version_id, 'startedBy', taken.started_by,
    'scopesMax', to_jsonb(taken.scopes_max), 'input', taken.input, 'requestId', taken.request_id,
    'traceparent', taken.traceparent, 'startedAt', taken.started_at, 'epoch', taken.lease_epoch,
    'ownersLost', taken.owners_lost, 'ending', taken.ending, 'depth', taken.depth,
    'parentRunId', taken.parent_run_id, 'parentPath', taken.parent_path, 'stepsDone', taken.steps_done,
    'inputTokens', taken.input_tokens, 'outputTokens', taken.output_tokens, 'costMicros', taken.cost_micros,
    'cancelRequested', taken.cancel_requested_at is not null or taken.parent_run_id is not null and exists (
      select from agents.run as parent where parent.organization_id = organization and parent.id = taken.parent_run_id
        and parent.status = 'CANCELLED'), 'payloadBytes', taken.payload_bytes, 'heldBy', before.held_by,
    'policy', (select jsonb_build_object('steps', p.steps, 'tokens', p.tokens, 'costMicros', p.cost_micros, 'durationMs', p.duration_ms)
      from agents.run_policy as p where p.organization_id = organization and p.id = organization),
    'steps', case when taken.lease_epoch = 1 and taken.forked_from is null then '[]'::jsonb else (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', s.id, 'path', s.path, 'stepId', s.step_id, 'kind', s.kind, 'status', s.status, 'attempt', s.attempt,
        'epoch', s.epoch, 'attempts', s.attempts, 'waitsFor', s.waits_for, 'dueAt', s.due_at,
        'eventName', s.event_name, 'eventKey', s.event_key, 'resolution', s.resolution, 'state', s.state,
        'input', s.input, 'output', coalesce(s.output, aside.content), 'error', s.error, 'usage', s.usage, 'effectKey', s.effect_key,
        'ordinal', s.ordinal, 'doneOrdinal', s.done_ordinal, 'startedAt', s.started_at, 'finishedAt', s.finished_at
      ) order by s.ordinal), '[]'::jsonb) from agents.step as s
      left join agents.payload as aside on aside.organization_id = organization and aside.id = s.output_ref
      where s.organization_id = organization and s.run_id = claim_run.run_id) end);
end $$`

/**
 * What an owner has to store, all of it or nothing: steps as they are now, events, what was used up, and how the run
 * leaves its hands, if it does. Null when the run is not the owner's any more. The same commit sent again is answered as
 * the first one was and changes nothing.
 */
export const commitRunFunction = `
create or replace function agents.commit_run(
  organization uuid, run_id uuid, epoch int, batch jsonb
) returns jsonb language plpgsql as $$
declare
  leaves text := batch->>'leaves';
  number int := (batch->>'number')::int;
  held agents.run;
begin
  -- Whoever answers a step locks the run first: only a statement that begins after their commit sees the answer.
  if leaves = 'parked' then
    perform 1 from agents.run as r where r.organization_id = organization and r.id = commit_run.run_id for update;
  end if;
  update agents.run as r set
    lease_commits = number,
    event_seq = r.event_seq + jsonb_array_length(batch->'events'),
    steps_done = r.steps_done + (batch->>'stepsDone')::int,
    owners_lost = case when (batch->>'stepsDone')::int > 0 then 0 else r.owners_lost end,
    input_tokens = r.input_tokens + (batch->>'inputTokens')::bigint,
    output_tokens = r.output_tokens + (batch->>'outputTokens')::bigint,
    cost_micros = r.cost_micros + (batch->>'costMicros')::bigint,
    payload_bytes = r.payload_bytes + coalesce((batch->>'payloadBytes')::bigint, 0),
    ending = coalesce(batch->'ending', r.ending),
    status = case when leaves = 'parked' then 'WAITING' when leaves = 'ended' then batch->'end'->>'status' else r.status end,
    output = case when leaves = 'ended' then batch->'end'->'output' else r.output end,
    error = case when leaves = 'ended' then batch->'end'->'error' else r.error end,
    finished_at = case when leaves = 'ended' then now() else r.finished_at end,
    lease_owner = case when leaves is null then r.lease_owner else null end,
    due_at = case
      when leaves is null then r.due_at
      when leaves = 'parked' and (r.cancel_requested_at is null or coalesce(batch->'ending', r.ending) is not null)
      and not exists (
        select 1 from agents.step as s left join jsonb_array_elements(batch->'steps') as told on told->>'id' = s.id::text
        where s.organization_id = organization and s.run_id = r.id and s.resolution is not null
          and coalesce(told->>'status', s.status) = 'WAITING' and coalesce(told->>'waitsFor', s.waits_for) <> 'retry'
          and coalesce((told->>'attempt')::int, s.attempt) = s.attempt
      ) then coalesce((batch->>'dueAt')::timestamptz, 'infinity')
      else now() end
    where r.organization_id = organization and r.id = commit_run.run_id and r.lease_epoch = epoch
      and r.status = 'RUNNING' and r.lease_commits = number - 1
    returning * into held;
  if not found then
    return (select jsonb_build_object('repeated', true, 'dueNow', r.due_at <= now()) from agents.run as r
      where r.organization_id = organization and r.id = commit_run.run_id and r.lease_epoch = epoch and r.lease_commits = number);
  end if;
  insert into agents.payload (organization_id, id, run_id, content)
    select organization, (aside->>'id')::uuid, commit_run.run_id, aside->'content'
    from jsonb_array_elements(coalesce(batch->'payloads', '[]')) as aside
    on conflict do nothing;
  insert into agents.step as step (organization_id, id, run_id, path, step_id, kind, status, attempt, epoch, attempts,
      waits_for, due_at, event_name, event_key, state, input, output, output_ref, error, usage, effect_key, ordinal, done_ordinal,
      started_at, finished_at)
    select organization, s.id, commit_run.run_id, s.path, s."stepId", s.kind, s.status, s.attempt, s.epoch, s.attempts,
      s."waitsFor", s."dueAt", s."eventName", s."eventKey", s.state, s.input, s.output, s."outputRef", s.error, s.usage, s."effectKey",
      s.ordinal, s."doneOrdinal", s."startedAt", s."finishedAt"
    from jsonb_to_recordset(batch->'steps') as s(id uuid, path text, "stepId" text, kind text, status text, attempt int,
      epoch int, attempts jsonb, "waitsFor" text, "dueAt" timestamptz, "eventName" text, "eventKey" text, state jsonb,
      input jsonb, output jsonb, "outputRef" uuid, error jsonb, usage jsonb, "effectKey" text, ordinal int, "doneOrdinal" int,
      "startedAt" timestamptz, "finishedAt" timestamptz)
    on conflict on constraint step_path do update set status = excluded.status, attempt = excluded.attempt,
      epoch = excluded.epoch, attempts = excluded.attempts, waits_for = excluded.waits_for, due_at = excluded.due_at,
      event_name = excluded.event_name, event_key = excluded.event_key, state = excluded.state, input = excluded.input,
      resolution = case when excluded.attempt = step.attempt and coalesce(excluded.waits_for <> 'retry', true)
        then step.resolution end,
      output = excluded.output, output_ref = excluded.output_ref, error = excluded.error, usage = excluded.usage, done_ordinal = excluded.done_ordinal,
      started_at = excluded.started_at, finished_at = excluded.finished_at;
  insert into agents.run_event (organization_id, id, run_id, seq, type, data, at)
    select organization, (e.event->>'id')::uuid, commit_run.run_id,
      held.event_seq - jsonb_array_length(batch->'events') + e.position, e.event->>'type', e.event->'data',
      (e.event->>'at')::timestamptz
    from jsonb_array_elements(batch->'events') with ordinality as e(event, position);
  if batch->'approvals' is not null then
    insert into agents.approval (organization_id, id, run_id, step_id, path, started_by, environment, title, message,
        shown, needed, roles, self_approval, form, on_expiry, status, requested_at, expires_at)
      select organization, a.id, commit_run.run_id, a."stepId", a.path, held.started_by, held.environment, a.title,
        a.message, a.shown, a.needed, a.roles, a."selfApproval", a.form, a."onExpiry", 'PENDING', now(), a."expiresAt"
      from jsonb_to_recordset(batch->'approvals') as a(id uuid, "stepId" uuid, path text, title text, message text,
        shown jsonb, needed int, roles jsonb, "selfApproval" boolean, form jsonb, "onExpiry" text,
        "expiresAt" timestamptz);
  end if;
  if batch->'withdrawn' is not null then
    update agents.approval set status = 'CANCELLED', settled_at = now()
      where approval.organization_id = organization and approval.run_id = commit_run.run_id
        and approval.status = 'PENDING' and approval.id in (select value::uuid from jsonb_array_elements_text(batch->'withdrawn'));
  end if;
  return jsonb_build_object('repeated', false, 'dueNow', leaves = 'parked' and held.due_at <= now(),
    'cancelRequested', held.cancel_requested_at is not null);
end $$`
