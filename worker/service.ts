import { Pool } from 'pg'
import { systemCaller } from '#platform/caller/caller'
import { type DatabaseManifest, databaseReadiness, openDatabase } from '#platform/db/database'
import { schemas } from '#platform/db/schemas'
import { createApp } from '#platform/http/create-app'
import { registerMetrics } from '#platform/http/metrics-route'
import { registerProbes } from '#platform/http/probes'
import type { Runtime } from '#platform/http/runtime'
import type { ServiceManifest } from '#platform/http/serve'
import { newId } from '#platform/id'
import { AnswerSweep } from '#platform/idempotency/answer-sweep'
import { JobQueue } from '#platform/jobs/queue'
import { QueueMetrics } from '#platform/jobs/queue.metrics'
import { Relay } from '#platform/outbox/relay'
import { ChangeWriter } from '#platform/redis/change-writer'
import { openRedis } from '#platform/redis/open-redis'
import { AgentsParts, advanceRunJob, standingRuns } from '../subgraphs/agents/jobs.ts'
import { agentsDatabase } from '../subgraphs/agents/orm.ts'
import { auditDatabase } from '../subgraphs/audit/orm.ts'
import { openIntegrationsParts } from '../subgraphs/integrations/jobs.ts'
import { integrationsDatabase } from '../subgraphs/integrations/orm.ts'
import type { WorkerConfig } from './config.ts'
import { CurrentScopes } from './current-scopes.ts'
import { createExpressionRunner } from './engine/expression/expression-runner.ts'
import { RunMetrics } from './engine/run.metrics.ts'
import { RunExecutor } from './engine/run-executor.ts'
import { measureStanding } from './engine/standing.metrics.ts'
import { eventTable } from './event-table.ts'
import type { WorkerParts } from './parts.ts'
import { ScheduleTicker } from './schedules/schedule-ticker.ts'

/** The worker: delivers events and advances runs. It holds no state that PostgreSQL does not have. */
export const worker: ServiceManifest<WorkerConfig> = {
  name: 'worker',
  async open(config, runtime) {
    const { log, metrics, tracer } = runtime
    const redis = await openRedis({ url: config.redisUrl, log, name: 'changes' })
    runtime.onClose('redis', () => redis.close())
    const changes = new ChangeWriter(redis, log, metrics)
    runtime.onClose('changes', () => changes.close())
    const parts = await openParts(config, runtime, changes)

    const sweepPool = new Pool({
      connectionString: config.databaseUrls.sweep,
      max: 1,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 5_000,
    })
    metrics.pools.watch('sweep', sweepPool)
    sweepPool.on('error', (error) => runtime.log.warn({ err: error }, 'sweep connection lost'))
    runtime.onClose('sweep', () => sweepPool.end())
    measureStanding(metrics, () => standingRuns(sweepPool))
    const answers = new AnswerSweep(sweepPool, schemas, runtime.log)
    runtime.onClose('kept answers', () => answers.close())

    const advanceRuns = new JobQueue(advanceRunJob, {
      redisUrl: config.redisUrl,
      log: runtime.log,
      metrics: new QueueMetrics(metrics),
      tracer,
      consume: true,
    })
    runtime.onClose('queue', () => advanceRuns.close(1_000))

    // Closed before its queue: the queue waits for the jobs that the executor gives back.
    const executor = new RunExecutor(parts, sweepPool)
    runtime.onClose('runs', () => executor.close())
    advanceRuns.process((hint, span) => executor.advance(hint, span))

    const schedules = new ScheduleTicker(parts, sweepPool)
    runtime.onClose('schedules', () => schedules.close())

    const relay = new Relay({
      url: config.databaseUrls.relay,
      schemas,
      subscribers: eventTable(parts, advanceRuns, changes),
      log,
      metrics,
      tracer,
    })
    relay.start()
    runtime.onClose('relay', () => relay.close())

    const app = createApp({ log, metrics, tracer, bodyBytesMax: 1_000 })
    registerProbes(app, runtime.health)
    registerMetrics(app, metrics)
    await runtime.listen(app, config.host, config.port)
  },
}

async function openParts(config: WorkerConfig, runtime: Runtime, changes: ChangeWriter): Promise<WorkerParts> {
  const open = async (manifest: DatabaseManifest, url: string) => {
    const db = await openDatabase(manifest, { url, poolMax: 6, metrics: runtime.metrics })
    runtime.onClose(`${manifest.schema} database`, () => db.orm.close())
    return db
  }
  const databases = {
    agents: await open(agentsDatabase, config.databaseUrls.agents),
    integrations: await open(integrationsDatabase, config.databaseUrls.integrations),
    audit: await open(auditDatabase, config.databaseUrls.audit),
  }
  runtime.health.add(databaseReadiness(databases.agents))

  const integrations = openIntegrationsParts(config)
  runtime.onClose('connections', () => integrations.close())

  const agents = new AgentsParts()
  const expressions = createExpressionRunner({
    timeoutMs: 2_000,
    memoryMbMax: 64,
    outputBytesMax: 1_000_000,
    threadsMax: 2,
  })
  runtime.onClose('expressions', () => expressions.close())
  const runMetrics = new RunMetrics(runtime.metrics)
  runMetrics.watchExpressions(() => expressions.state())

  return {
    databases,
    integrations,
    agents,
    expressions,
    log: runtime.log,
    tracer: runtime.tracer,
    runMetrics,
    owner: `worker-${process.pid}-${newId()}`,
    runLeaseMs: config.runLeaseMs,
    identityUrl: config.identityUrl,
    requestKey: config.requestKey,
    scopes: new CurrentScopes(config.identityUrl, config.requestKey),
    runAdvanced: ({ organizationId, runId }) => changes.tell({ organizationId, subjects: [`run:${runId}`] }),
    ctxFor: (subgraph, origin) => ({
      caller: systemCaller(origin.organizationId),
      db: databases[subgraph],
      parts: subgraph === 'agents' ? agents : undefined,
      requestId: origin.requestId,
      traceparent: origin.span?.traceparent ?? origin.traceparent,
      span: origin.span,
      log: runtime.log,
      loaders: new Map(),
    }),
  }
}
