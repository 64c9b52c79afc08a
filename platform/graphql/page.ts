import 'reflect-metadata'
import { ArgsType, type ClassType, Directive, Field, Int, ObjectType } from 'type-graphql'
import { InvalidInputError } from '../errors/common-errors.ts'
import { isId } from '../id.ts'

export const pageSizeDefault = 20
export const pageSizeMax = 100

/** The arguments of a Relay connection (Relay Cursor Connections §Arguments). */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `At most ${pageSizeMax}; ${pageSizeDefault} when neither first nor last is given.`,
  })
  first?: number | null
  @Field(() => String, { nullable: true })
  after?: string | null
  @Field(() => Int, { nullable: true })
  last?: number | null
  @Field(() => String, { nullable: true })
  before?: string | null
}

// Every subgraph with a list has this type.
@Directive('@shareable')
@ObjectType({ description: 'Where a page stands in its list.' })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean
  @Field(() => Boolean)
  hasPreviousPage!: boolean
  @Field(() => String, { nullable: true })
  startCursor!: string | null
  @Field(() => String, { nullable: true })
  endCursor!: string | null
}

/** A page of rows; `count` runs only when `totalCount` is asked for. */
export interface Page<N> {
  readonly edges: readonly { readonly cursor: string; readonly node: N }[]
  readonly pageInfo: PageInfo
  readonly count: () => Promise<number>
}

/** A page request made sense of: `size` rows on from `from`, towards older ids (`forward`) or newer ones. */
export interface PageWindow {
  readonly size: number
  readonly forward: boolean
  /** The id that the page begins after; null at the list's end. */
  readonly from: string | null
}

/** @throws InvalidInputError for sizes out of bounds, both directions at once, or a cursor that is none of ours */
export function pageWindow(args: PageArgs): PageWindow {
  const forward = args.last == null && args.before == null
  if (!forward && (args.first != null || args.after != null)) {
    throw new InvalidInputError('Page forward with first and after, or backward with last and before: not both.')
  }
  const size = (forward ? args.first : args.last) ?? pageSizeDefault
  if (size < 0 || size > pageSizeMax) throw new InvalidInputError(`A page has between 0 and ${pageSizeMax} entries.`)
  const cursor = (forward ? args.after : args.before) ?? null
  return { size, forward, from: cursor === null ? null : idOfCursor(cursor) }
}

/**
 * Cuts a page out of the rows read for it.
 *
 * @param rows up to `size + 1` rows in reading order (newest first when forward, oldest first when backward)
 */
export function pageOf<N extends { id: string }>(
  rows: readonly N[],
  window: PageWindow,
  count: () => Promise<number>,
): Page<N> {
  const more = rows.length > window.size
  const kept = rows.slice(0, window.size)
  const edges = (window.forward ? kept : kept.toReversed()).map((node) => ({ cursor: cursorOfId(node.id), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: window.forward ? more : window.from !== null,
      hasPreviousPage: window.forward ? window.from !== null : more,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count,
  }
}

// Ids grow with time (UUID version 7), so the id alone is the keyset; the version lets a later cursor carry more.
const cursorOfId = (id: string) => Buffer.from(`1:${id}`).toString('base64url')

function idOfCursor(cursor: string): string {
  const [version, id = ''] = Buffer.from(cursor, 'base64url').toString().split(':')
  if (version !== '1' || !isId(id)) throw new InvalidInputError('This cursor is not one that this list gave out.')
  return id
}

/** Declares the connection and edge types of a node type, e.g. `AgentConnection` and `AgentEdge`. */
export function connectionType<N extends object>(node: ClassType<N>, name: string) {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => String)
    cursor!: string
    @Field(() => node)
    node!: N
  }
  @ObjectType(`${name}Connection`)
  class Connection {
    @Field(() => [Edge])
    edges!: Edge[]
    @Field(() => PageInfo)
    pageInfo!: PageInfo
    @Field(() => Int)
    totalCount(this: Page<N>): Promise<number> {
      return this.count()
    }
  }
  return Connection
}
