import { editor } from 'monaco-graphql/esm/monaco-editor.js'

/** The editor's themes by scheme, in the page's colours; defined before the first editor opens. */
export const editorThemes = { light: 'forgeops-light', dark: 'forgeops-dark' }

interface Palette {
  base: 'vs' | 'vs-dark'
  accent: string
  popup: string
  quiet: string
  argument: string
}

const clear = '#00000000'

function defineTheme(name: string, { base, accent, popup, quiet, argument }: Palette): void {
  const accentSoft = `${accent}24`
  editor.defineTheme(name, {
    base,
    inherit: true,
    rules: [{ token: 'argument.identifier.gql', foreground: argument }],
    colors: {
      'editor.background': clear,
      'scrollbar.shadow': clear,
      focusBorder: accent,
      highlight: accent,
      'textLink.foreground': accent,
      'textLink.activeForeground': accent,
      'editorLink.activeForeground': accent,
      'editorWidget.background': popup,
      'editorWidget.resizeBorder': accent,
      'editorHoverWidget.background': popup,
      'editorSuggestWidget.background': popup,
      'editorSuggestWidget.selectedBackground': accentSoft,
      'editorSuggestWidget.selectedForeground': accent,
      'list.hoverBackground': accentSoft,
      'list.highlightForeground': accent,
      'list.focusHighlightForeground': accent,
      'menu.background': popup,
      'menu.selectionBackground': accentSoft,
      'menu.selectionForeground': accent,
      'quickInput.background': popup,
      'quickInputList.focusBackground': accentSoft,
      'quickInputList.focusForeground': accent,
      'pickerGroup.foreground': accent,
      'toolbar.hoverBackground': accentSoft,
      'inputOption.hoverBackground': accentSoft,
      'input.background': quiet,
    },
  })
}

defineTheme(editorThemes.light, {
  base: 'vs',
  accent: '#b8440a',
  popup: '#ffffff',
  quiet: '#221f1b0f',
  argument: '#6b4fb3',
})
defineTheme(editorThemes.dark, {
  base: 'vs-dark',
  accent: '#ff8a3d',
  popup: '#262a33',
  quiet: '#ece8e114',
  argument: '#b9a5ff',
})
