export type { BubbleMessage } from "./bubble-message.ts"
export type { BubbleProps, MediaName, Press } from "./bubble-props.ts"
export { Bubble, kindName } from "./bubble.tsx"
