/** What each variable is for, in words for the person who sets it. The page fails to build when one is missing. */
export const configWords: Readonly<Record<string, string>> = {
  ENVIRONMENT: 'Named in every log line; `development` also switches the playground on.',
  LOG_LEVEL: 'The least severe line that is written.',
  HOST: 'The address to listen at; `0.0.0.0` in a container.',
  SHUTDOWN_GRACE_MS: 'How long a process may take to finish what runs after SIGTERM, before it exits 1.',

  PUBLIC_URL:
    'Where clients reach the gateway. Its path is the base of every route; the whole is issuer and audience of the access tokens.',
  PORT: 'The edge: GraphQL, probes, playground.',
  OPS_PORT: '`/metrics` of the gateway; not for clients.',
  SUPERGRAPH_PATH: 'The composed supergraph to serve.',
  AUTH: '`off` serves any supergraph without asking who calls: for trying things out, never for this platform.',
  PLAYGROUND: 'GraphiQL at `{base}/playground`. Unset: on in development only.',
  TRUSTED_PROXIES: 'Addresses or CIDR ranges whose `X-Forwarded-For` is believed; from all others the socket counts.',
  SUBGRAPH_URLS: '`name=url,…` in place of the routing urls in the supergraph.',
  SUBGRAPH_KEYS: '`name=key,…`: signs the requests to each subgraph. The same keys as `<SUBGRAPH>_REQUEST_KEY`.',
  JWKS_URL:
    "Where the token verification keys come from: identity's `/.well-known/jwks.json`. Not needed with `AUTH=off`.",

  IDENTITY_PORT: 'GraphQL for the gateway, keys, run tokens, probes, metrics.',
  AGENTS_PORT: 'GraphQL for the gateway, probes, metrics.',
  INTEGRATIONS_PORT: 'GraphQL for the gateway, probes, metrics.',
  AUDIT_PORT: 'GraphQL for the gateway, probes, metrics.',
  WORKER_PORT: 'Probes and metrics.',
  IDENTITY_DATABASE_URL: 'PostgreSQL as `forgeops_identity`.',
  AGENTS_DATABASE_URL: 'PostgreSQL as `forgeops_agents`.',
  INTEGRATIONS_DATABASE_URL: 'PostgreSQL as `forgeops_integrations`.',
  AUDIT_DATABASE_URL: 'PostgreSQL as `forgeops_audit`.',
  RELAY_DATABASE_URL: 'PostgreSQL as `forgeops_relay`, which sees outboxes only.',
  SWEEP_DATABASE_URL: 'PostgreSQL as `forgeops_sweep`, which sees what is due of a run and nothing else.',
  IDENTITY_REQUEST_KEY: 'Verifies that a request comes from the gateway.',
  AGENTS_REQUEST_KEY: 'Verifies that a request comes from the gateway.',
  INTEGRATIONS_REQUEST_KEY: 'Verifies that a request comes from the gateway.',
  AUDIT_REQUEST_KEY: 'Verifies that a request comes from the gateway.',
  TOKEN_SIGNING_KEY: 'Signs access tokens. Identity alone holds it.',
  WORKER_REQUEST_KEY: "Signs, and verifies, the worker's requests for run tokens.",
  CONNECTION_SECRETS_KEY:
    'Seals the secrets of connections (AES-256-GCM). Without it none can be stored, and connections that need one are inactive.',
  EGRESS_ALLOW: '`host:port,…` that connections may call although they are not on the public internet.',
  GATEWAY_URL: "The platform's own GraphQL endpoint, as this process reaches it: what the `forgeops` connector calls.",

  REDIS_URL: 'Where the hints of waiting work go.',
  IDENTITY_URL: 'Where run tokens come from.',
  RUN_LEASE_MS: 'How long a run belongs to a worker that has not been heard of.',

  DATABASE_URL:
    'PostgreSQL as the owner role, which migrates. `make up` starts a PostgreSQL of its own when it is not set.',
  FORGEOPS_HOME: 'Everything that `make up` generates: data, secrets, `dev.json`.',
}
