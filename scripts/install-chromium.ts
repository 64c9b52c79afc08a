import { spawnSync } from 'node:child_process'
import { findChromium } from './local/chromium.ts'
import { SetUpError } from './local/set-up-error.ts'

/**
 * Makes sure that the browser tests have their browser: as root on Debian it is installed when missing.
 *
 * @param say told what is being installed
 * @throws SetUpError naming the remedy when there is none and none could be installed
 */
export function installChromium(
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
  isRoot = process.getuid?.() === 0,
): void {
  try {
    findChromium(env)
  } catch (error) {
    if (!(error instanceof SetUpError) || env.CHROMIUM || !isRoot) throw error
    say("Chromium is not installed: installing Debian's.")
    const apt = (...args: string[]) =>
      spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-qq', ...args], {
        env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'ignore', 'inherit'],
        timeout: 300_000,
      }).status === 0
    const install = () => apt('install', '-y', '--no-install-recommends', 'chromium')
    // The package lists of a bare machine are empty or old: they are fetched when the first try shows it.
    if (!install()) apt('update') && install()
    findChromium(env)
  }
}
