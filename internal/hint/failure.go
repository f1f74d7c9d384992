package hint

// A Failure is why a run could not tell, and what to do.
type Failure struct {
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Describe turns an error into a Failure; nil stays nil.
func Describe(err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{Message: err.Error(), Hint: Of(err)}
}
