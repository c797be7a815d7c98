/** A text as it is written between the quotes of a JSON body, and what phones show of it. */
export interface OddText {
  readonly what: string
  /** Between the quotes. */
  readonly written: Uint8Array
  readonly shown: string
}

const bytes = (text: string, encoding: BufferEncoding = "utf8"): Uint8Array => Buffer.from(text, encoding)

/** What careless clients write, and WeCom's documents leave open. */
export const ODD_TEXTS: readonly OddText[] = [
  { what: "half of an escaped pair", written: bytes(String.raw`a\ud800b`), shown: "a\uFFFDb" },
  { what: "the other half", written: bytes(String.raw`a\uDFFF`), shown: "a\uFFFD" },
  { what: "two halves in the wrong order", written: bytes(String.raw`\ude00\ud83d`), shown: "\uFFFD\uFFFD" },
  { what: "a half before a whole pair", written: bytes(String.raw`\ud83d\ud83d\ude00`), shown: "\uFFFD\u{1F600}" },
  { what: "half of a pair in raw bytes", written: bytes("a\xed\xa0\x80b", "latin1"), shown: "a\uFFFD\uFFFD\uFFFDb" },
  { what: "an escaped NUL", written: bytes(String.raw`a\u0000b`), shown: "a\uFFFDb" },
  { what: "a raw NUL", written: bytes("a\0b"), shown: "a\uFFFDb" },
  { what: "你好 in GBK", written: bytes("\xc4\xe3\xba\xc3", "latin1"), shown: "\uFFFD\uFFFD\uFFFD" },
  { what: "half of a sign of UTF-8", written: bytes("a\xe4\xbd", "latin1"), shown: "a\uFFFD" },
  { what: "a raw line feed", written: bytes("第一行\n第二行"), shown: "第一行\n第二行" },
  { what: "a raw carriage return and a tab", written: bytes("a\r\n\tb"), shown: "a\r\n\tb" },
]

/** A text of this kind to zhangsan. */
export function oddMessage({ written }: OddText, agentid: number): Uint8Array<ArrayBuffer> {
  const before = `{\n  "touser": "zhangsan", "msgtype": "text", "agentid": ${agentid},\n  "text": {"content": "`
  return new Uint8Array(Buffer.concat([bytes(before), written, bytes('"}\n}')]))
}
