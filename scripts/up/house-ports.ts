import type { HousePorts } from '../local/environment.ts'
import { findFreePort } from '../local/free-port.ts'

export interface ChosenPorts {
  readonly gateway?: number | undefined
  readonly ops?: number | undefined
}

/** The ports of a house: those a person chose, the others found free and all different. */
export async function housePorts(chosen: ChosenPorts): Promise<{ ports: HousePorts; nextPort(): Promise<number> }> {
  const promised = new Set([chosen.gateway, chosen.ops].filter((port) => port !== undefined))
  const nextPort = async () => {
    const port = await findFreePort(undefined, promised)
    promised.add(port)
    return port
  }
  const ports = {
    gateway: chosen.gateway ?? (await nextPort()),
    ops: chosen.ops ?? (await nextPort()),
    identity: await nextPort(),
    agents: await nextPort(),
    integrations: await nextPort(),
    audit: await nextPort(),
    worker: await nextPort(),
  }
  return { ports, nextPort }
}
