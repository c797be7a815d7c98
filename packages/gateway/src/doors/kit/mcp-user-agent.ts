/** The user agent by which the audit trail recognises requests that came by MCP. */
export const MCP_USER_AGENT = "wecom-push-mcp"
