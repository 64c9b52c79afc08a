export const actionsMax = 50
