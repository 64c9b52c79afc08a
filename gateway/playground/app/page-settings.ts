/** What the gateway tells the page: where operations go, and whether an account is needed to send them. */
export interface PageSettings {
  graphqlPath: string
  signIn: boolean
}

/**
 * Reads the settings that the gateway wrote as data attributes of the root element.
 *
 * @throws when the page was not rendered by the gateway
 */
export function readPageSettings(root: HTMLElement): PageSettings {
  const { graphqlPath, signIn } = root.dataset
  if (!graphqlPath) throw new Error('The page names no GraphQL endpoint.')
  return { graphqlPath, signIn: signIn !== 'off' }
}
