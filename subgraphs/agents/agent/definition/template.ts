const shape = /^\s*\{\{([\s\S]+)\}\}\s*$/

/** The JSONata expression of a text that is wholly `{{ <jsonata> }}`; undefined for any other text, which means itself. */
export const templateExpression = (text: string): string | undefined => shape.exec(text)?.[1]
