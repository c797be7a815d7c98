import type { Bilingual, Language } from "@wecom-push/protocol"

type Texts = Readonly<Record<string, Bilingual>>

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

type Values<All extends Texts, Key extends keyof All> = [Placeholders<All[Key]["en"]>] extends [never]
  ? []
  : [values: Readonly<Record<Placeholders<All[Key]["en"]>, string | number>>]

/** The keys of texts with nothing to fill in. */
export type PlainKey<All extends Texts> = {
  [Key in keyof All]: [Placeholders<All[Key]["en"]>] extends [never] ? Key : never
}[keyof All]

/** Tells a sentence of a table in the user's language, with its `{names}` filled in. */
export type Saying<All extends Texts> = <Key extends keyof All & string>(
  language: Language,
  key: Key,
  ...values: Values<All, Key>
) => string

export function sayingFrom<const All extends Texts>(texts: All): Saying<All> {
  return (language, key, ...values) => {
    const filled: Readonly<Record<string, string | number>> = values[0] ?? {}
    const text: Bilingual | undefined = texts[key]
    return text?.[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(filled[name])) ?? ""
  }
}
