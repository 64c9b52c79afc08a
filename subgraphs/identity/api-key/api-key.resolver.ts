import { Arg, Args, Ctx, Directive, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { findPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import type { IdentityCtx } from '../identity.context.ts'
import { loadMember } from '../membership/membership.queries.ts'
import { User } from '../user/user.graphql.ts'
import { ApiKey as ApiKeyEntity } from './api-key.entity.ts'
import { ApiKey, ApiKeyConnection, CreateApiKeyInput, RevokeApiKeyInput } from './api-key.graphql.ts'
import { keysOpenTo } from './api-key.queries.ts'
import { createApiKey } from './create-api-key.ts'
import { revokeApiKey } from './revoke-api-key.ts'

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, {
    nullable: true,
    description: 'The caller’s own API keys; holders of `api-key:read` see all of the organization. Newest first.',
  })
  apiKeys(@Ctx() ctx: IdentityCtx, @Args(() => PageArgs) args: PageArgs) {
    return findPage(ctx, ApiKeyEntity, keysOpenTo(ctx.caller, 'api-key:read'), args)
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => ApiKey, { description: 'Makes an API key. Its text is in this answer only.' })
  async createApiKey(@Ctx() ctx: IdentityCtx, @Arg('input', () => CreateApiKeyInput) input: CreateApiKeyInput) {
    const { row, text } = await createApiKey(ctx, input)
    return { ...rowOf(row), key: text }
  }

  @Mutation(() => ApiKey, { description: 'Ends an API key: one’s own, or any for holders of `api-key:write`.' })
  async revokeApiKey(@Ctx() ctx: IdentityCtx, @Arg('input', () => RevokeApiKeyInput) input: RevokeApiKeyInput) {
    return revokeApiKey(ctx, input)
  }

  @FieldResolver(() => User, { nullable: true })
  owner(@Ctx() ctx: IdentityCtx, @Root() key: Partial<ApiKeyEntity>) {
    return loadMember(ctx, key.userId ?? '')
  }

  @FieldResolver(() => User, { nullable: true })
  createdBy(@Ctx() ctx: IdentityCtx, @Root() key: Partial<ApiKeyEntity>) {
    return loadMember(ctx, key.createdBy ?? '')
  }
}

/** What of a row the API shows; a copy, because the row is the ORM's. */
const rowOf = ({ secretHash: _hidden, ...row }: ApiKeyEntity) => row
