import type { JSX } from "react"
import { FastForward } from "../phones/fast-forward.tsx"
import { KeysHelp } from "../phones/keys-help.tsx"
import { useLanguage, useWords } from "./language.ts"
import { Link } from "./link.tsx"
import { withParameters } from "./location.ts"
import { ThemeSwitch } from "./theme-switch.tsx"

export function TopBar({ url }: { readonly url: URL }): JSX.Element {
  const language = useLanguage()
  const words = useWords()
  const isPhones = url.pathname !== "/gallery" && url.pathname !== "/panel"
  const other = language === "zh" ? "en" : "zh"
  return (
    <header className="top-bar">
      <h1>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M9 9h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z" />
        </svg>
        <span>{words.title}</span>
      </h1>
      <nav aria-label={words.views}>
        {VIEWS.map(({ path, name }) => (
          <Link key={path} href={addressOf(path, url)} aria-current={url.pathname === path ? "page" : undefined}>
            {words[name]}
          </Link>
        ))}
      </nav>
      <div className="bar-tools">
        {isPhones && <FastForward />}
        {isPhones && <KeysHelp />}
        <ThemeSwitch />
      </div>
      <Link className="language" href={withParameters(url, { lang: other })} lang={other} hrefLang={other}>
        {words.otherLanguage}
      </Link>
    </header>
  )
}

const VIEWS = [
  { path: "/", name: "phones" },
  { path: "/gallery", name: "gallery" },
  { path: "/panel", name: "panel" },
] as const

/** The language goes along, the phone that is looked at stays behind. */
function addressOf(path: string, url: URL): string {
  const lang = url.searchParams.get("lang")
  return lang === null ? path : `${path}?lang=${lang}`
}
