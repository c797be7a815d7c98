export type { DoorAnswer, DoorQuestion, DoorStream, GatewayDoor } from "./gateway-door.ts"
export { MCP_USER_AGENT } from "./gateway-door.ts"
export { serveOverStdio } from "./serve-stdio.ts"
export type { StdioOptions } from "./serve-stdio.ts"
