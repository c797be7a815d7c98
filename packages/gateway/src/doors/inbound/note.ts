import type { Reading } from "./adapter.ts"

/** The fields that most protocols have: a title, a text, perhaps a link. */
export interface Note {
  readonly title?: string | undefined
  readonly text: string
  readonly url?: string | undefined
  readonly isMarkdown?: boolean | undefined
}

/**
 * The content of a WeCom message: text, because every client shows it, or markdown if the request says that it is markdown.
 */
export function contentOf({ title, text, url, isMarkdown = false }: Note): Reading["content"] {
  const parts = isMarkdown ? [title && `**${title}**`, text, url && `[${url}](${url})`] : [title, text, url]
  const content = parts.filter((part) => part !== undefined && part !== "").join(isMarkdown ? "\n\n" : "\n")
  return isMarkdown ? { msgtype: "markdown", markdown: { content } } : { msgtype: "text", text: { content } }
}
