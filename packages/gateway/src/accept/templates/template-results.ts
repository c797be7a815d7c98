/** A fault of a template. */
export interface TemplateFault {
  /** A JSON pointer into the content. */
  readonly path: string
  /** Liquid's sentence, in English. */
  readonly what: string
}

/** The result of a template for one body. */
export type Rendered =
  | { readonly kind: "rendered"; readonly content: unknown }
  /** The body is not JSON. */
  | { readonly kind: "unreadable" }
  /** The template took too long, or made too much. */
  | { readonly kind: "too_slow" | "too_large" }
  /** The body lacks a value that the template names, or the template does something impossible. */
  | { readonly kind: "failed"; readonly what: string }

export type TemplateOrder =
  | { readonly kind: "check"; readonly template: object }
  /** The template in the form in which a store has it. */
  | { readonly kind: "render"; readonly template: string; readonly body: string }

export type TemplateReply = { readonly faults: readonly TemplateFault[] } | { readonly rendered: Rendered }
