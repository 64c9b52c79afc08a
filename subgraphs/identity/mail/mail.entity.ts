import { defineEntity, p } from '@mikro-orm/core'

/** A letter that waits to be sent. What it says, and to whom, is sealed; the row goes when it is sent or given up. */
const MailSchema = defineEntity({
  name: 'Mail',
  tableName: 'mail',
  indexes: [{ name: 'mail_due', properties: ['dueAt'] }],
  properties: {
    id: p.uuid().primary(),
    /** What it is about, for the log: it tells of nobody. */
    kind: p.string().length(40),
    sealed: p.text(),
    attempts: p.integer().default(0),
    /** Nobody takes it before; whoever takes it moves this on, past the end of their attempt. */
    dueAt: p.datetime(),
    /** From then on it is of no use to anybody. */
    expiresAt: p.datetime(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class Mail extends MailSchema.class {}
MailSchema.setClass(Mail)
