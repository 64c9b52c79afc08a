import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { NotFoundError } from '#platform/errors/common-errors'
import { Cost } from '#platform/graphql/demand'
import { findPage } from '#platform/graphql/find-page'
import { loadById } from '#platform/graphql/load-by-id'
import { PageArgs } from '#platform/graphql/page'
import { Connector } from '../connector/connector.graphql.ts'
import { connectorView } from '../connector/connector.view.ts'
import { connectorOf } from '../connector/connectors.ts'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { Connection as ConnectionEntity } from './connection.entity.ts'
import {
  Connection,
  ConnectionConnection,
  CreateConnectionInput,
  DeleteConnectionInput,
  TestConnectionInput,
  User,
} from './connection.graphql.ts'
import { statusOf } from './connection.queries.ts'
import { ConnectionStatus } from './connection.status.ts'
import { createConnection } from './create-connection.ts'
import { type DeletedConnection, deleteConnection } from './delete-connection.ts'
import { testConnection } from './test-connection.ts'

@Resolver(() => Connection)
export class ConnectionResolver {
  @Query(() => Connection, { nullable: true })
  async connection(@Ctx() ctx: IntegrationsCtx, @Arg('id', () => ID) id: string) {
    const connection = await loadById(ctx, ConnectionEntity, id)
    if (connection === null) throw new NotFoundError('connection')
    return connection
  }

  @Query(() => ConnectionConnection, {
    nullable: true,
    description: 'The connections of the organization, newest first.',
  })
  connections(@Ctx() ctx: IntegrationsCtx, @Args(() => PageArgs) args: PageArgs) {
    return findPage(ctx, ConnectionEntity, {}, args)
  }

  @FieldResolver(() => Connector, { nullable: true, description: 'Null when this version has it no more.' })
  connector(@Root() connection: ConnectionEntity) {
    const connector = connectorOf(connection.connector)
    return connector === undefined ? null : connectorView(connector)
  }

  @FieldResolver(() => ConnectionStatus)
  async status(@Ctx() ctx: IntegrationsCtx, @Root() connection: ConnectionEntity | DeletedConnection) {
    return (await standingNow(ctx, connection)).status
  }

  @FieldResolver(() => String, { nullable: true, description: 'Why it is not active, in words.' })
  async statusReason(@Ctx() ctx: IntegrationsCtx, @Root() connection: ConnectionEntity | DeletedConnection) {
    return (await standingNow(ctx, connection)).reason
  }

  @FieldResolver(() => User, { nullable: true, description: 'Null when the platform made it.' })
  createdBy(@Root() connection: ConnectionEntity) {
    return connection.createdBy === null ? null : { id: connection.createdBy }
  }

  @Mutation(() => Connection, { description: 'Stores a connection. It calls nobody: `testConnection` does.' })
  createConnection(
    @Ctx() ctx: IntegrationsCtx,
    @Arg('input', () => CreateConnectionInput) input: CreateConnectionInput,
  ) {
    return createConnection(ctx, input)
  }

  @Cost(100)
  @Mutation(() => Connection, { description: 'Makes one real call, within 10 seconds, and stores what came of it.' })
  testConnection(@Ctx() ctx: IntegrationsCtx, @Arg('input', () => TestConnectionInput) input: TestConnectionInput) {
    return testConnection(ctx, input)
  }

  @Mutation(() => Connection, { description: 'Deletes a connection with its secrets; answers what it was.' })
  deleteConnection(
    @Ctx() ctx: IntegrationsCtx,
    @Arg('input', () => DeleteConnectionInput) input: DeleteConnectionInput,
  ) {
    return deleteConnection(ctx, input)
  }
}

const standingNow = (ctx: IntegrationsCtx, connection: ConnectionEntity | DeletedConnection) =>
  'standing' in connection ? connection.standing : statusOf(ctx, connection)
