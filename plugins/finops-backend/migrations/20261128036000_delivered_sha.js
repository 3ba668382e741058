/**
 * The commit that holds exactly the plan: only it can be approved in the portal.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('finops_deliveries', table => {
    table
      .string('delivered_sha')
      .comment('Head of the branch as it was written; unknown of older ones');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('finops_deliveries', table => {
    table.dropColumn('delivered_sha');
  });
};
