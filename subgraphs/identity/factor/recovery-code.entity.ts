import { defineEntity, p } from '@mikro-orm/core'

/** One of the codes that a person keeps on paper. Only its hash is kept; the row goes when the code is used. */
const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_code',
  properties: {
    userId: p.uuid().primary(),
    hash: p.string().length(64).primary(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class RecoveryCode extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCode)
