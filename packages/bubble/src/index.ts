export type { BubbleMessage } from "./bubble-message.ts"
export type { BubbleProps, MediaName, Press } from "./bubble-props.ts"
export { Bubble } from "./bubble.tsx"
