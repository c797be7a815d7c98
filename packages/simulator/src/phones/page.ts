import type { Language } from "@wecom-push/protocol"
import { html } from "./html.ts"
import { WORDS } from "./words.ts"

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2b6cf6" d="M2 2h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H8l-4 3v-3H2a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1z"/></svg>',
)}`

/** The page around the phones. Everything on it that changes is filled in by its script. */
export function phonesPage(language: Language): string {
  const words = WORDS[language]
  const other = language === "zh" ? "en" : "zh"
  return html`<!doctype html>
    <html lang="${language === "zh" ? "zh-CN" : "en"}" data-language="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${words.title}</title>
        <link rel="icon" href="${ICON}" />
        <link rel="stylesheet" href="/phones.css" />
        <script type="module" src="/phones.js"></script>
      </head>
      <body>
        <p id="offline" role="status" hidden>${words.offline}</p>
        <nav id="people" aria-label="${words.members}">
          <header>
            <h1>${words.title}</h1>
            <a id="language" href="?lang=${other}" lang="${other}" hreflang="${other}">${words.otherLanguage}</a>
            <input
              id="search"
              type="search"
              autocomplete="off"
              spellcheck="false"
              aria-label="${words.search}"
              placeholder="${words.search}"
            />
            <p><span id="total"></span> ${words.membersInAll}</p>
          </header>
          <ul id="members" data-unlicensed="${words.unlicensed}"></ul>
          <p id="nobody" hidden>${words.nobody}</p>
          <p id="more"></p>
        </nav>
        <main aria-label="${words.phone}">
          <section id="phone">
            <header>
              <a id="back" href="#" aria-label="${words.back}">‹</a>
              <h2 id="name"></h2>
              <p id="details"></p>
            </header>
            <ol
              id="messages"
              role="log"
              aria-label="${words.messages}"
              tabindex="0"
              data-delivered="${words.pressed.delivered}"
              data-waiting="${words.pressed.waiting}"
              data-kept="${words.pressed.kept}"
            ></ol>
          </section>
        </main>
      </body>
    </html> `.markup
}
