import { useEffect, useState } from 'react'

export const themes = ['system', 'light', 'dark'] as const

/** What the person chose; `system` follows the device. */
export type Theme = (typeof themes)[number]

const storageKey = 'forgeops:playground-theme'
const darkDevice = '(prefers-color-scheme: dark)'

/**
 * The chosen theme, kept across visits, and the scheme it means on this device now. The scheme is also written on the
 * root element, where the style sheet reads it.
 */
export function useTheme(): { theme: Theme; scheme: 'light' | 'dark'; chooseTheme: (theme: Theme) => void } {
  const [theme, setTheme] = useState<Theme>(storedTheme)
  const [deviceIsDark, setDeviceIsDark] = useState(() => matchMedia(darkDevice).matches)
  const scheme = theme === 'system' ? (deviceIsDark ? 'dark' : 'light') : theme

  useEffect(() => {
    const query = matchMedia(darkDevice)
    const follow = () => setDeviceIsDark(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])

  useEffect(() => {
    document.documentElement.dataset.scheme = scheme
  }, [scheme])

  const chooseTheme = (chosen: Theme) => {
    localStorage.setItem(storageKey, chosen)
    setTheme(chosen)
  }
  return { theme, scheme, chooseTheme }
}

function storedTheme(): Theme {
  const stored = localStorage.getItem(storageKey)
  return themes.find((theme) => theme === stored) ?? 'system'
}
