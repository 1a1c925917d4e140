/* module_name_test.c -- which module a file is. */
#include "check.h"
#include "embedded/embedded.h"
#include "embedded/module_name.h"

static const char *
name_of(const char *path)
{
    static char name[MODULE_NAME_SIZE];

    return module_name(path, name, sizeof name) ? name : "none";
}

static void
a_module_has_the_name_of_its_path(void)
{
    CHECK_STR(name_of("lua/plan/estimate.lua"), "rille.plan.estimate");
    CHECK_STR(name_of("lua/main.lua"), "rille.main");
    CHECK_STR(name_of("stdlib/metrics.lua"), "rille.metrics");
    CHECK_STR(name_of("materializers/array.lua"), "rille.materializers.array");
    CHECK_STR(name_of("lua/show/draw/svg.lua"), "rille.show.draw.svg");
}

static void
a_file_with_its_folder_s_name_is_the_folder_s_module(void)
{
    CHECK_STR(name_of("lua/plan/plan.lua"), "rille.plan");
    CHECK_STR(name_of("stdlib/svm/svm.lua"), "rille.svm");
    CHECK_STR(name_of("lua/show/draw/draw.lua"), "rille.show.draw");
    CHECK_STR(name_of("lua/explan/plan.lua"), "rille.explan.plan");
}

static void
the_public_face_and_other_files_are_apart(void)
{
    CHECK_STR(name_of("lua/rille.lua"), "rille.face");
    CHECK_STR(name_of("host/meta/schema.sql"), "none");
    CHECK_STR(name_of("lua/README.md"), "none");
    CHECK_STR(name_of("stdlib/templates/e2e_batch/main.lua"), "none");
}

static void
a_name_that_does_not_fit_is_none(void)
{
    char small[8];

    CHECK(module_name("lua/plan/estimate.lua", small, sizeof small) == 0);
}

static void
the_build_has_worked_out_the_names(void)
{
    const EmbeddedFile *plan = embedded_find("lua/plan/plan.lua");

    CHECK(plan && strcmp(plan->module, "rille.plan") == 0);
    CHECK(!embedded_find("host/meta/schema.sql")->module);
    for (const EmbeddedFile *f = embedded_files; f->path; f++)
        CHECK_STR(f->module ? f->module : "none", name_of(f->path));
}

int
main(void)
{
    RUN(a_module_has_the_name_of_its_path);
    RUN(a_file_with_its_folder_s_name_is_the_folder_s_module);
    RUN(the_public_face_and_other_files_are_apart);
    RUN(a_name_that_does_not_fit_is_none);
    RUN(the_build_has_worked_out_the_names);
    return check_done();
}
