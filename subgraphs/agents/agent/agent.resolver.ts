import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { NotFoundError } from '#platform/errors/common-errors'
import type { Ctx as Context } from '#platform/graphql/context'
import { findChildPage, findPage } from '#platform/graphql/find-page'
import { loadById } from '#platform/graphql/load-by-id'
import { PageArgs } from '#platform/graphql/page'
import { Run } from '../run/run.entity.ts'
import { RunConnection } from '../run/run.graphql.ts'
import { Agent as AgentEntity } from './agent.entity.ts'
import {
  Agent,
  AgentConnection,
  AgentVersion,
  ArchiveAgentInput,
  CreateAgentInput,
  PublishAgentVersionInput,
} from './agent.graphql.ts'
import { AgentVersion as AgentVersionEntity } from './agent-version.entity.ts'
import { archiveAgent } from './archive-agent.ts'
import { createAgent } from './create-agent.ts'
import { definitionHash } from './definition/definition-hash.ts'
import { publishAgentVersion } from './publish-agent-version.ts'

@Resolver(() => AgentVersion)
export class AgentVersionResolver {
  @FieldResolver(() => String)
  hash(@Root() version: AgentVersionEntity): string {
    return version.hash ?? definitionHash(version.definition)
  }
}

@Resolver(() => Agent)
export class AgentResolver {
  @Query(() => Agent, { nullable: true, description: 'An agent of the organization, also an archived one.' })
  async agent(@Ctx() ctx: Context, @Arg('id', () => ID) id: string) {
    const agent = await loadById(ctx, AgentEntity, id)
    if (agent === null) throw new NotFoundError('agent')
    return agent
  }

  @Query(() => AgentConnection, { nullable: true, description: 'The agents in use, newest first.' })
  agents(@Ctx() ctx: Context, @Args(() => PageArgs) args: PageArgs) {
    return findPage(ctx, AgentEntity, { archivedAt: null }, args)
  }

  @FieldResolver(() => AgentVersion, { nullable: true })
  publishedVersion(@Ctx() ctx: Context, @Root() agent: AgentEntity) {
    return agent.publishedVersionId == null ? null : loadById(ctx, AgentVersionEntity, agent.publishedVersionId)
  }

  @FieldResolver(() => RunConnection, { nullable: true, description: 'The runs of the agent, newest first.' })
  runs(@Ctx() ctx: Context, @Root() agent: AgentEntity, @Args(() => PageArgs) args: PageArgs) {
    return findChildPage(ctx, { entity: Run, parent: 'agentId' }, agent.id, args)
  }

  @Mutation(() => Agent, { description: 'Makes an agent; it can be started once a version is published.' })
  createAgent(@Ctx() ctx: Context, @Arg('input', () => CreateAgentInput) input: CreateAgentInput) {
    return createAgent(ctx, input)
  }

  @Mutation(() => Agent, { description: 'Publishes a new version: runs started from now on are pinned to it.' })
  publishAgentVersion(
    @Ctx() ctx: Context,
    @Arg('input', () => PublishAgentVersionInput) input: PublishAgentVersionInput,
  ) {
    return publishAgentVersion(ctx, input)
  }

  @Mutation(() => Agent, { description: 'Takes an agent out of use; what it did stays to be read.' })
  archiveAgent(@Ctx() ctx: Context, @Arg('input', () => ArchiveAgentInput) input: ArchiveAgentInput) {
    return archiveAgent(ctx, input)
  }
}
