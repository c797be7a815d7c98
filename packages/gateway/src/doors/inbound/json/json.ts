import { madeContent } from "../../../accept/templates/read-template.ts"
import { languageOf } from "../../kit/language.ts"
import type { Adapter } from "../adapter.ts"
import { asText } from "../as-text.ts"
import { acceptedAs } from "../hooks.ts"

/** Any JSON; the template of its source makes a message from it. */
export const adapter: Adapter = {
  async read(call, { render }) {
    if (render === undefined) return { ...asText(call, "JSON"), warnings: [NO_TEMPLATE] }
    const text = call.text()
    const made = madeContent(await render(text))
    if ("en" in made) return { ...asText(call, "JSON"), warnings: [made] }
    const { content, priority, isBlank } = made
    return isBlank ? { status: 200, body: { skipped: true } } : { content, priority, overflow: "truncate" }
  },
  accepted: (accepted, call, { warnings = [] }) => {
    const { status, body } = acceptedAs(accepted)
    const language = languageOf(call.header("accept-language"))
    return { status, body: { ...Object(body), warnings: warnings.map((warning) => warning[language]) } }
  },
}

const NO_TEMPLATE = {
  en: "A key has no template; the body was sent as a text. A source of adapter json has one.",
  zh: "密钥没有模板，请求体已按文本发送；适配器为 json 的来源可以带模板。",
}
