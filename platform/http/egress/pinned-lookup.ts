import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { EgressFailedError } from './egress.errors.ts'

/** Every address of a name, in the order in which they are to be tried. */
export type Resolve = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** Throws for an address that must not be called. */
export type CheckAddress = (address: string, hostname: string) => void

/** The operating system's answer (hosts file included), as any other program of this machine would get it. */
export const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true, order: 'verbatim' })

/**
 * The name look-up that a socket makes for itself: since the socket connects to just what this returns, nothing can be
 * swapped between check and connection (DNS rebinding).
 *
 * One special-use address among the answers refuses the name, rather than being left out: public services do not publish
 * private addresses, a mixed answer is what an attack looks like.
 */
export function pinnedLookup(resolve: Resolve, check: CheckAddress): LookupFunction {
  return (hostname, options, callback) => {
    acceptableAddresses(resolve, hostname, check).then(
      (addresses) => {
        if (options.all) callback(null, [...addresses])
        else callback(null, addresses[0].address, addresses[0].family)
      },
      (error: Error) => callback(error, ''),
    )
  }
}

interface ResolvedAddress {
  address: string
  family: number
}

async function acceptableAddresses(
  resolve: Resolve,
  hostname: string,
  check: CheckAddress,
): Promise<readonly [ResolvedAddress, ...ResolvedAddress[]]> {
  const answers = await resolve(hostname).catch((error: NodeJS.ErrnoException) => {
    throw new EgressFailedError('The host name could not be resolved.', `${hostname}: ${error.code ?? error.name}`)
  })
  const [first, ...rest] = answers.map(({ address, family }) => ({ address, family }))
  if (!first) throw new EgressFailedError('The host name could not be resolved.', `${hostname}: no addresses`)
  for (const { address } of [first, ...rest]) check(address, hostname)
  return [first, ...rest]
}
