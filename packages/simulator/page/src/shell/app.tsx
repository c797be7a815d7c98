import { lazy, Suspense, useLayoutEffect, type JSX } from "react"
import { PhonesPage } from "../phones/phones-page.tsx"
import { FailureNotice } from "./failure-notice.tsx"
import { LanguageContext, languageOf } from "./language.ts"
import { useLocation } from "./location.ts"
import { TopBar } from "./top-bar.tsx"
import { WORDS } from "./words.ts"

const Gallery = lazy(async () => ({ default: (await import("../gallery/gallery.tsx")).Gallery }))
const Panel = lazy(async () => ({ default: (await import("../panel/panel.tsx")).Panel }))

export function App(): JSX.Element {
  const url = useLocation()
  const language = languageOf(url)
  const words = WORDS[language]
  useLayoutEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en"
    document.title = words.title
  }, [language, words])
  return (
    <LanguageContext value={language}>
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <TopBar url={url} />
      <FailureNotice key={url.pathname}>
        <Suspense fallback={<main id="content" className="loading" aria-busy="true" />}>
          {viewOf(url, language)}
        </Suspense>
      </FailureNotice>
    </LanguageContext>
  )
}

function viewOf(url: URL, language: "zh" | "en"): JSX.Element {
  switch (url.pathname) {
    case "/gallery":
      return (
        <main id="content" className="page" tabIndex={-1}>
          <Gallery language={language} />
        </main>
      )
    case "/panel":
      return (
        <main id="content" className="page" tabIndex={-1}>
          <Panel language={language} />
        </main>
      )
    default:
      return <PhonesPage url={url} />
  }
}
