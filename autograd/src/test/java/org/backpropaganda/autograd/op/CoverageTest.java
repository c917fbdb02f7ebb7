package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Set;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.testkit.OpContract;
import org.junit.jupiter.api.Test;

/** Every op has its contract test. */
class CoverageTest {
    @Test
    void everyOpHasAContract() {
        JavaClasses classes = new ClassFileImporter().importPackages("org.backpropaganda.autograd.op");
        Set<String> tested = classes.stream()
                .filter(type -> type.isAssignableTo(OpContract.class))
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toSet());
        assertThat(classes.stream()
                        .filter(type -> type.isAssignableTo(Op.class) && !type.isInterface())
                        .map(type -> type.getSimpleName() + "Test"))
                .hasSizeGreaterThan(20)
                .isSubsetOf(tested);
    }
}
