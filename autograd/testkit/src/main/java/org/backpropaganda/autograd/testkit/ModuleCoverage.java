package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Finds modules without a contract. Needs ArchUnit on the class path. */
public final class ModuleCoverage {
    private ModuleCoverage() {}

    /**
     * Checks that every module of a package and those below it stands in a case of some {@link ModuleContract} there, as the
     * module of the case or inside it.
     *
     * @param exempt modules that no contract can hold
     */
    public static void check(String packageName, List<Class<? extends Module>> exempt) {
        Set<String> held = new TreeSet<>();
        exempt.forEach(type -> held.add(type.getName()));
        for (JavaClass type : new ClassFileImporter().importPackages(packageName)) {
            if (type.isAssignableTo(ModuleContract.class) && !isAbstract(type)) {
                collect(type.reflect().asSubclass(ModuleContract.class), held);
            }
        }
        Set<String> modules = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(packageName)) {
            if (type.isAssignableTo(Module.class) && !isAbstract(type)) {
                modules.add(type.getName());
            }
        }
        assertThat(modules).as("modules of " + packageName).isNotEmpty();
        assertThat(held).as("modules in the cases of contracts").containsAll(modules);
    }

    private static boolean isAbstract(JavaClass type) {
        return type.isInterface() || type.getModifiers().contains(JavaModifier.ABSTRACT);
    }

    private static void collect(Class<? extends ModuleContract> test, Set<String> held) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            Constructor<? extends ModuleContract> constructor = test.getDeclaredConstructor();
            constructor.setAccessible(true);
            ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
            constructor.newInstance().cases().forEach(c -> collect(c.factory().apply(factory), held));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(test.getName() + ": cannot be made without arguments", e);
        }
    }

    private static void collect(Module module, Set<String> held) {
        held.add(module.getClass().getName());
        module.children().values().forEach(child -> collect(child, held));
    }
}
