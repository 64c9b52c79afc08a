/**
 * Whether a run that is due may be worked on now. Null when it may; else the run stays as it is, held by what it lacks,
 * and the answer says so: `held`, and `at`, if that is known, from when on it may; or `decide`, when the values of its keys
 * are to be told first.
 *
 * A run holds a slot while it is worked on, and gives it back while it waits. Of its organization's slots at most four
 * are taken at the same moment without one looking after the other: whoever could be the last one goes alone. Those that
 * are held by the same thing get their turn in the order in which they were queued. What is being ended needs no slot.
 */
export const admitRunFunction = `
create or replace function agents.admit_run(before agents.run) returns jsonb language plpgsql as $$
declare
  gates constant int := 4;
  organization uuid := before.organization_id;
  limits jsonb;
  slots int;
  running int;
  held_group text;
  spacing interval;
  slack interval;
  used timestamptz;
begin
  if before.status = 'RUNNING' or before.cancel_requested_at is not null or before.ending is not null then
    return null;
  end if;
  select v.definition->'limits' into limits from agents.agent_version as v
    where v.organization_id = organization and v.id = before.agent_version_id;
  if before.concurrency_key is null and limits->'concurrency' ? 'key' or before.rate_key is null and limits->'rate' ? 'key' then
    return jsonb_build_object('decide', before.agent_version_id, 'input', before.input);
  end if;

  slots := coalesce((select p.concurrency from agents.run_policy as p
    where p.organization_id = organization and p.id = organization), 50);
  if agents.held_before(before, 'organization') then return agents.hold_run(before, 'organization', null); end if;
  running := agents.running_runs(organization, slots);
  if running + 2 * gates <= slots then
    perform pg_advisory_xact_lock_shared(hashtextextended('slots ' || organization, 0));
    perform pg_advisory_xact_lock(hashtextextended('slots ' || organization, 1 + floor(random() * gates)::int));
    running := agents.running_runs(organization, slots);
    if running + gates > slots then return agents.hold_run(before, 'organization', null); end if;
  elsif running < slots then
    perform pg_advisory_xact_lock(hashtextextended('slots ' || organization, 0));
    running := agents.running_runs(organization, slots);
  end if;
  if running >= slots then return agents.hold_run(before, 'organization', null); end if;

  if limits ? 'concurrency' then
    held_group := 'concurrency:' || before.agent_id || ':' || coalesce(before.concurrency_key, '');
    if agents.held_before(before, held_group) then return agents.hold_run(before, held_group, null); end if;
    slots := (limits->'concurrency'->>'runs')::int;
    perform pg_advisory_xact_lock(hashtextextended(organization || held_group, 0));
    select count(*) into running from (select from agents.run as r
      where r.organization_id = organization and r.agent_id = before.agent_id and r.status = 'RUNNING'
        and r.concurrency_key is not distinct from before.concurrency_key limit slots) as taken;
    if running >= slots then return agents.hold_run(before, held_group, null); end if;
  end if;

  if limits ? 'rate' and before.started_at is null then
    held_group := 'rate:' || before.agent_id || ':' || coalesce(before.rate_key, '');
    if agents.held_before(before, held_group) then return agents.hold_run(before, held_group, null); end if;
    slack := agents.duration_of(limits->'rate'->>'period');
    spacing := slack / (limits->'rate'->>'runs')::int;
    slack := slack - spacing;
    insert into agents.rate as rate (organization_id, id, agent_id, key, used_until)
      values (organization, gen_random_uuid(), before.agent_id, coalesce(before.rate_key, ''), now() - slack - spacing)
      on conflict on constraint rate_key do update set used_until = rate.used_until returning used_until into used;
    if used - slack > now() then return agents.hold_run(before, held_group, used - slack); end if;
    update agents.rate as rate set used_until = greatest(used, now()) + spacing
      where rate.organization_id = organization and rate.agent_id = before.agent_id
        and rate.key = coalesce(before.rate_key, '');
    delete from agents.rate as rate where (rate.organization_id, rate.id) in (
      select past.organization_id, past.id from agents.rate as past
        where past.organization_id = organization and past.agent_id = before.agent_id and past.used_until < now()
        order by past.used_until limit 4 for update skip locked);
  end if;
  return null;
end $$`

/** A duration as definitions write it: `1h30m`. */
export const durationOfFunction = `
create or replace function agents.duration_of(text text) returns interval language sql immutable as $$
  select coalesce(sum(part[1]::bigint * case part[2]
      when 'ms' then interval '1 millisecond' when 's' then interval '1 second' when 'm' then interval '1 minute'
      when 'h' then interval '1 hour' else interval '24 hours' end), interval '0')
    from regexp_matches($1, '(\\d+)(ms|s|m|h|d)', 'g') as part
$$`

/** Runs of the organization that are worked on, counted up to `most`. */
export const runningRunsFunction = `
create or replace function agents.running_runs(organization uuid, most int) returns int language sql volatile as $$
  select count(*)::int from (select from agents.run as r
    where r.organization_id = organization and r.status = 'RUNNING' limit most) as taken
$$`

/** Whether another run was queued before this one and is still held by the same thing. */
export const heldBeforeFunction = `
create or replace function agents.held_before(waiting agents.run, held_group text) returns boolean language sql volatile as $$
  select exists (select from agents.run as r where r.organization_id = waiting.organization_id and r.held_by = held_group
    and r.status in ('QUEUED', 'WAITING') and (r.queued_at, r.id) < (waiting.queued_at, waiting.id))
$$`

/** Leaves the run to the sweep of what is held, which looks at the first of each group; with a time, also from then on. */
export const holdRunFunction = `
create or replace function agents.hold_run(waiting agents.run, held_group text, at timestamptz) returns jsonb language plpgsql as $$
begin
  update agents.run as r set held_by = held_group, due_at = coalesce(at, 'infinity')
    where r.organization_id = waiting.organization_id and r.id = waiting.id
      and (r.held_by is distinct from held_group or r.due_at <> coalesce(at, 'infinity'));
  return jsonb_build_object('held', held_group, 'at', at);
end $$`

export const admissionFunctions = [
  durationOfFunction,
  runningRunsFunction,
  heldBeforeFunction,
  holdRunFunction,
  admitRunFunction,
]
