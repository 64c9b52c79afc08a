import './style-nonce.ts'
import './playground.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readPageSettings } from './page-settings.ts'
import { Playground } from './playground.tsx'
import { createSafeStorage } from './safe-storage.ts'
import { Session } from './session.ts'

const root = document.querySelector<HTMLElement>('#playground')
if (!root) throw new Error('The page has no place for the playground.')
const settings = readPageSettings(root)

createRoot(root).render(
  <StrictMode>
    <Playground
      settings={settings}
      session={new Session(settings.graphqlPath)}
      storage={createSafeStorage(localStorage)}
    />
  </StrictMode>,
)
