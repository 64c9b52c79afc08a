import type { Caller } from '../caller/caller.ts'
import { signedIn } from '../graphql/rules.ts'
import type { AccessRule, AccessRules } from './access-rules.ts'

/** What the rules of one supergraph leave open to one caller. */
export interface Rights {
  /** The same for two callers exactly when the same types and fields are open to them. */
  readonly key: string
  /** Whether the rule at a coordinate (`User`, `User.email`) is met; one without a rule is open. */
  readonly allow: (coordinate: string) => boolean
}

/** Reads the rules once, so that each request decides every distinct one of them once, however many fields share it. */
export function rightsOver(rules: AccessRules): (caller: Caller) => Rights {
  const distinct: AccessRule[] = []
  const indexes = new Map<string, number>()
  const places = new Map<string, number>()
  for (const [coordinate, rule] of rules) {
    const text = JSON.stringify([rule.authenticated, rule.scopes, rule.policies])
    const index = indexes.get(text) ?? distinct.push(rule) - 1
    indexes.set(text, index)
    places.set(coordinate, index)
  }
  return (caller) => {
    const scopes = new Set(caller.scopes)
    const isSignedIn = signedIn.allows(caller)
    const met = distinct.map((rule) => meets(rule, isSignedIn, scopes))
    return {
      key: met.map(Number).join(''),
      allow: (coordinate) => {
        const place = places.get(coordinate)
        return place === undefined || met[place] === true
      },
    }
  }
}

/** Scopes count for somebody signed in only, as they do in the subgraphs. Nothing here evaluates policies: none is met. */
function meets(rule: AccessRule, isSignedIn: boolean, scopes: ReadonlySet<string>): boolean {
  if (rule.policies !== null) return false
  if (rule.scopes === null) return isSignedIn || !rule.authenticated
  return isSignedIn && rule.scopes.some((all) => all.every((scope) => scopes.has(scope)))
}
