export const roleNameMax = 50
export const roleDescriptionMax = 300
/** Roles of its own that an organization can have. */
export const rolesMax = 100
