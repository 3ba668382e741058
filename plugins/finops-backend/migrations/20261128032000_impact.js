/**
 * How much a planned change may do if it is wrong.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('finops_plans', table => {
    table
      .text('impact')
      .comment('JSON: level and reasons; absent when refused');
    table.string('impact_level').comment('low | medium | high');
  });
  await knex.schema.alterTable('finops_recommendations', table => {
    table.index('workload');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('finops_recommendations', table => {
    table.dropIndex('workload');
  });
  await knex.schema.alterTable('finops_plans', table => {
    table.dropColumns('impact', 'impact_level');
  });
};
