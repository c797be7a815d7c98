import type { JSX } from "react"
import { useWords } from "./language.ts"
import { chooseTheme, themeAfter, useTheme, type ThemeName } from "./theme.ts"

/** Light, dark, or as the system: each press goes to the next. */
export function ThemeSwitch(): JSX.Element {
  const words = useWords()
  const theme = useTheme()
  const label = words.theme(theme)
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(themeAfter(theme))}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {PICTURES[theme]}
      </svg>
    </button>
  )
}

const PICTURES: Readonly<Record<ThemeName, JSX.Element>> = {
  system: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
    </>
  ),
  light: (
    <>
      <circle cx="8" cy="8" r="3" />
      <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
    </>
  ),
  dark: <path d="M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6z" />,
}
