/**
 * What a quorum counts by: for whom an approver stood, and approvals that are void for good.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('finops_approvals', table => {
    table
      .text('member_of')
      .notNullable()
      .defaultTo('[]')
      .comment('JSON: groups and users the approver stood for');
    table.string('voided_at').comment('Set once it can never count again');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('finops_approvals', table => {
    table.dropColumns('member_of', 'voided_at');
  });
};
