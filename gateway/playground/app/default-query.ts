/** What a first visit finds in the editor: it works on a freshly seeded platform and crosses two subgraphs. */
export const defaultQuery = `# Ctrl+Enter (or Cmd+Enter) runs this,
# Ctrl+Space suggests what can come next.
query Overview {
  viewer {
    user {
      name
    }
    organization {
      name
    }
    roles
  }
  agents(first: 5) {
    edges {
      node {
        id
        name
      }
    }
  }
}
`
