import { Arg, Query, Resolver } from 'type-graphql'
import { NotFoundError } from '#platform/errors/common-errors'
import { ListSize } from '#platform/graphql/demand'
import { Connector } from './connector.graphql.ts'
import { connectorView } from './connector.view.ts'
import { connectorOf, connectors } from './connectors.ts'

@Resolver(() => Connector)
export class ConnectorResolver {
  @ListSize(5)
  @Query(() => [Connector], { nullable: true, description: 'Every kind of service that connections can be made to.' })
  connectors(): Connector[] {
    return connectors.map(connectorView)
  }

  @Query(() => Connector, { nullable: true })
  connector(@Arg('key', () => String) key: string): Connector {
    const connector = connectorOf(key)
    if (connector === undefined) throw new NotFoundError('connector')
    return connectorView(connector)
  }
}
