# One image for every process: `docker run IMAGE worker/main.js` (gateway/main.js by default), `scripts/migrate.js` to migrate.
# The base needs Node 22.19 or later and, to build, npm.
ARG BASE_IMAGE=node:24-bookworm-slim

FROM ${BASE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No optional packages: they hold the Node of development machines. No scripts: none of these packages needs its own.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${BASE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY contracts contracts
COPY platform platform
COPY gateway gateway
COPY clients clients
COPY subgraphs subgraphs
COPY worker worker
COPY scripts scripts
RUN npm run build && mkdir home

FROM ${BASE_IMAGE}
WORKDIR /app
# Above the application, which brings the packages that could be bundled: there the others are found.
COPY --from=dependencies /build/node_modules /node_modules
COPY --from=build /build/dist ./
# Where the seed leaves the first account, and the gateway what should outlive it: a volume mounted here keeps this owner.
COPY --from=build --chown=10001:10001 /build/home .forgeops
ENV HOST=0.0.0.0
# A number, so that a cluster can tell that it is not root.
USER 10001:10001
EXPOSE 4000 4001 4002 4003 4004 4005 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/container/healthcheck.js"]
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["gateway/main.js"]
