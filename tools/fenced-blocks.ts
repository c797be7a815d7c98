export interface FencedBlock {
  /** Of its first line below the fence, as editors count. */
  readonly line: number
  readonly language: string
  /** Without the indentation of the fence. */
  readonly body: string
  /** A comment before it, `<!-- fragment -->`, says that it is a part of something. */
  readonly isFragment: boolean
}

/** The code blocks of a page, in order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(BLOCK)].map(({ index, groups = {} }) => {
    const { mark, indent = "", language = "", body = "" } = groups
    const above = markdown.slice(0, index).split("\n").length
    return {
      line: above + (mark === undefined ? 1 : mark.split("\n").length),
      language: language.trim(),
      body: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      isFragment: mark !== undefined,
    }
  })
}

const BLOCK = /^(?<mark> *<!-- fragment -->\n\s*)?(?<indent> *)```(?<language>.*)\n(?<body>[\s\S]*?)^\k<indent>```$/gm
