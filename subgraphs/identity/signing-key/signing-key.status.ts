/** Published and not yet signing → signing → published only, until the last token that it signed has ended. */
export type SigningKeyState = 'next' | 'active' | 'retired'
